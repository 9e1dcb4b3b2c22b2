metadata description = 'Event Grid: a new blob in the exports container starts a run. Deployed after the code, because the webhook must answer.'

@description('The function app.')
param siteName string

@description('The storage account with the exports container.')
param exportsAccount string

@description('The container to which HR uploads.')
param exportsContainer string = 'hr-exports'

@description('The container for events that could not be delivered.')
param deadLetterContainer string = 'event-dead-letters'

@description('The system topic of the account. There can be only one, and Microsoft Defender may have made it before.')
param topicName string = 'evgt-${exportsAccount}'
param location string = resourceGroup().location
param tags object = {}

var blobContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'

resource site 'Microsoft.Web/sites@2024-04-01' existing = {
  name: siteName
}

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: exportsAccount

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource deadLetters 'containers' existing = {
      name: deadLetterContainer
    }
  }
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: topicName
  location: location
  tags: tags
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    source: account.id
    topicType: 'Microsoft.Storage.StorageAccounts'
  }

  resource exports 'eventSubscriptions' = {
    name: 'exports'
    properties: {
      eventDeliverySchema: 'EventGridSchema'
      destination: {
        endpointType: 'WebHook'
        properties: {
          endpointUrl: 'https://${site.properties.defaultHostName}/runtime/webhooks/blobs?functionName=Host.Functions.split_export&code=${listKeys('${site.id}/host/default', '2024-04-01').systemKeys.blobs_extension}'
          maxEventsPerBatch: 1
          preferredBatchSizeInKilobytes: 64
          minimumTlsVersionAllowed: '1.2'
        }
      }
      filter: {
        includedEventTypes: ['Microsoft.Storage.BlobCreated']
        subjectBeginsWith: '/blobServices/default/containers/${exportsContainer}/blobs/'
        isSubjectCaseSensitive: false
        advancedFilters: [
          {
            operatorType: 'StringIn'
            key: 'data.api'
            values: ['PutBlob', 'PutBlockList', 'CopyBlob', 'FlushWithClose', 'SftpCommit']
          }
        ]
      }
      retryPolicy: {
        maxDeliveryAttempts: 30
        eventTimeToLiveInMinutes: 1440
      }
      deadLetterWithResourceIdentity: {
        identity: {
          type: 'SystemAssigned'
        }
        deadLetterDestination: {
          endpointType: 'StorageBlob'
          properties: {
            resourceId: account.id
            blobContainerName: deadLetterContainer
          }
        }
      }
    }
    dependsOn: [deadLetterWriter]
  }
}

resource deadLetterWriter 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: account::blobs::deadLetters
  name: guid(account.id, deadLetterContainer, siteName, blobContributor)
  properties: {
    principalId: topic.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobContributor)
  }
}
