metadata description = 'One private endpoint, with its IP address in a DNS zone.'

param name string
param location string
param subnetId string
param targetId string
param group string
param zoneId string
param tags object

resource endpoint 'Microsoft.Network/privateEndpoints@2024-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    subnet: {
      id: subnetId
    }
    privateLinkServiceConnections: [
      {
        name: name
        properties: {
          privateLinkServiceId: targetId
          groupIds: [group]
        }
      }
    ]
  }

  resource zoneGroup 'privateDnsZoneGroups' = {
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        {
          name: 'zone'
          properties: {
            privateDnsZoneId: zoneId
          }
        }
      ]
    }
  }
}
