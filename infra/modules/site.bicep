metadata description = 'The plan and the function app, its settings, and the sign-in of people.'

param token string
param location string

@allowed(['FC1', 'EP1'])
param sku string

@description('The subnet through which the app reaches storage; empty = public IP addresses.')
param subnetId string
param appIdentityId string
param appIdentityClientId string
param signInIdentityId string
param signInIdentityClientId string
param signInClientId string
param hostAccount string
param dataAccount string
param exportsAccount string
param journalAccount string
param packageContainer string
param insightsConnection string
param settings object
param alwaysReadyBlobInstances int
param maximumInstances int

@description('The URL of a package that Azure deploys with the resources; empty = none.')
param packageUri string = ''
param tags object

var isFlex = sku == 'FC1'
var storage = environment().suffixes.storage
var packageAddress = 'https://${hostAccount}.blob.${storage}/${packageContainer}'
var exportsAreSeparate = exportsAccount != dataAccount

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-${token}'
  location: location
  tags: tags
  kind: isFlex ? 'functionapp' : 'elastic'
  sku: isFlex ? { name: 'FC1', tier: 'FlexConsumption' } : { name: 'EP1', tier: 'ElasticPremium' }
  properties: {
    reserved: true
    maximumElasticWorkerCount: isFlex ? null : min(maximumInstances, 3) // each costs the same whether it works or not
  }
}

resource site 'Microsoft.Web/sites@2024-04-01' = {
  name: 'func-${token}'
  location: location
  tags: union(tags, { 'azd-service-name': 'app' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${appIdentityId}': {}
      '${signInIdentityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientCertEnabled: false
    keyVaultReferenceIdentity: appIdentityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: isFlex
      ? {
          deployment: {
            storage: {
              type: 'blobContainer'
              value: packageAddress
              authentication: {
                type: 'UserAssignedIdentity'
                userAssignedIdentityResourceId: appIdentityId
              }
            }
          }
          runtime: {
            name: 'python'
            version: '3.13'
          }
          scaleAndConcurrency: {
            instanceMemoryMB: 2048
            maximumInstanceCount: maximumInstances
            alwaysReady: alwaysReadyBlobInstances > 0
              ? [{ name: 'blob', instanceCount: alwaysReadyBlobInstances }]
              : []
            triggers: {
              http: {
                perInstanceConcurrency: 16
              }
            }
          }
        }
      : null
    siteConfig: union(
      {
        minTlsVersion: '1.2'
        scmMinTlsVersion: '1.2'
        http20Enabled: true
        ftpsState: 'Disabled'
        cors: {
          allowedOrigins: []
          supportCredentials: false
        }
      },
      isFlex
        ? {}
        : {
            linuxFxVersion: 'Python|3.13'
            minimumElasticInstanceCount: 1
            // on Linux, references to the vault go through its private endpoint only with it
            vnetRouteAllEnabled: !empty(subnetId)
            // the scale controller is outside the network, so instances themselves watch queues that it cannot reach
            functionsRuntimeScaleMonitoringEnabled: !empty(subnetId)
          }
    )
  }

  resource noFtp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: {
      allow: false
    }
  }

  resource noBasicScm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: {
      allow: false
    }
  }

  resource appSettings 'config' = {
    name: 'appsettings'
    properties: {
      ...settings
      AZURE_CLIENT_ID: appIdentityClientId
      TENANT_ID: tenant().tenantId
      AzureWebJobsStorage__blobServiceUri: 'https://${hostAccount}.blob.${storage}'
      AzureWebJobsStorage__queueServiceUri: 'https://${hostAccount}.queue.${storage}'
      AzureWebJobsStorage__tableServiceUri: 'https://${hostAccount}.table.${storage}'
      AzureWebJobsStorage__credential: 'managedidentity'
      AzureWebJobsStorage__clientId: appIdentityClientId
      PhoneData__blobServiceUri: 'https://${dataAccount}.blob.${storage}'
      PhoneData__queueServiceUri: 'https://${dataAccount}.queue.${storage}'
      PhoneData__tableServiceUri: 'https://${dataAccount}.table.${storage}'
      PhoneData__credential: 'managedidentity'
      PhoneData__clientId: appIdentityClientId
      PhoneJournal__blobServiceUri: 'https://${journalAccount}.blob.${storage}'
      PhoneJournal__credential: 'managedidentity'
      PhoneJournal__clientId: appIdentityClientId
      APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnection
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${appIdentityClientId};Authorization=AAD'
      ...(exportsAreSeparate
        ? {
            PhoneExports__blobServiceUri: 'https://${exportsAccount}.blob.${storage}'
            PhoneExports__queueServiceUri: 'https://${exportsAccount}.queue.${storage}'
            PhoneExports__credential: 'managedidentity'
            PhoneExports__clientId: appIdentityClientId
          }
        : {})
      ...(empty(signInClientId)
        ? {}
        : {
            API_CLIENT_ID: signInClientId
            OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID: signInIdentityClientId
            WEBSITE_AUTH_AAD_ALLOWED_TENANTS: tenant().tenantId
          })
      ...(isFlex
        ? {}
        : {
            FUNCTIONS_EXTENSION_VERSION: '~4'
            FUNCTIONS_WORKER_RUNTIME: 'python'
            WEBSITE_RUN_FROM_PACKAGE: '${packageAddress}/app.zip'
            WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID: appIdentityId
          })
    }
  }

  @description('One site serves callers that need 401 and pages that need a sign-in, so the app itself refuses.')
  resource signIn 'config' = if (!empty(signInClientId)) {
    name: 'authsettingsV2'
    properties: {
      platform: {
        enabled: true
      }
      globalValidation: {
        requireAuthentication: false
        unauthenticatedClientAction: 'AllowAnonymous'
        excludedPaths: ['/runtime/webhooks/blobs']
      }
      httpSettings: {
        requireHttps: true
      }
      identityProviders: {
        azureActiveDirectory: {
          enabled: true
          registration: {
            clientId: signInClientId
            clientSecretSettingName: 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID'
            openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
          }
          validation: {
            allowedAudiences: [signInClientId, 'api://${signInClientId}']
          }
        }
      }
      login: {
        tokenStore: {
          enabled: false
        }
      }
    }
    dependsOn: [appSettings]
  }
}

// Elastic Premium reads its package from the host's account whenever an instance starts, so it is never one from outside.
resource code 'Microsoft.Web/sites/extensions@2024-04-01' = if (isFlex && !empty(packageUri)) {
  parent: site
  name: any('onedeploy')
  properties: any({
    packageUri: packageUri
    remoteBuild: false
  })
  dependsOn: [site::appSettings, site::signIn]
}

output name string = site.name
output host string = site.properties.defaultHostName
